"""Regular expressions as Go has them (RE2): their syntax, and a matcher that no pattern makes slow."""
