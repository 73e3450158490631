"""The components of the pages, as functions that build their markup. Templates reach them by the ``ui`` tags."""
