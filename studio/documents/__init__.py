"""Pages of text that staff edit (terms, privacy): their editor in the back office, and the pages themselves."""
