"""Text for people: numbers and times in words, and text from outside made safe to show."""
