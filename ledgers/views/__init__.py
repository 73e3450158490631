"""Pages of the ledgers: fetch through a selector, one form, one service, respond."""
