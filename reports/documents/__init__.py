"""Every document that leaves the portal: its columns, its content, its renderer (one module a document)."""
