"""What must hold before a step: the reasons, in words, why it may not be taken yet."""
