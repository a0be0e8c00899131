"""Working in the ledger: rows and columns, filters, tabs, many cases at once, the board, the workbook."""
