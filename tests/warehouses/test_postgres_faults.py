"""What goes wrong between dbtree and a server: each is a sentence, and the next run works."""
