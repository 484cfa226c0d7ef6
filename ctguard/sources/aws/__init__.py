"""Living accounts: which calls an audit makes, how they are made, and the snapshot that they leave."""
