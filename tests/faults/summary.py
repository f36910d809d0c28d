"""A pytest hook: one line at the end of a run with what its crash sweeps found, whichever workers they ran in."""


def pytest_terminal_summary(terminalreporter):
    reports = [report for found in terminalreporter.stats.values() for report in found]
    swept = {
        report.nodeid: tuple(value)
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "crash sweep"
    }
    if swept:
        points, violations = (sum(column) for column in zip(*swept.values(), strict=True))
        terminalreporter.write_line(f"crash sweep: {points} crash points, {violations} violations")
