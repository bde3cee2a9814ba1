"""How the screen looks: themes, contrast, glyphs, and filters for plain terminals."""
