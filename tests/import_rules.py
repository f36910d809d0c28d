"""A contract for import-linter (.importlinter): what a room shows to people is its own."""

from importlinter import Contract, ContractCheck, fields, output

KINDS = ("pages", "panels", "actions", "forms")


class OwnPages(Contract):
    """`<room>.pages`, `.panels`, `.actions` and `.forms` are imported by the room itself only."""

    rooms = fields.ListField(subfield=fields.StringField())

    def check(self, graph, verbose):
        found = [
            (importer, own)
            for room in self.rooms
            for own in (f"{room}.{kind}" for kind in KINDS)
            if own in graph.modules
            for importer in graph.find_modules_that_directly_import(own)
            if importer.split(".")[0] != room
        ]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check):
        for importer, own in check.metadata["found"]:
            output.print_error(f"{importer} imports {own}: move what both need to a module of its own.")
