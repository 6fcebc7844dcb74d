"""What the site says of itself while it runs: lines of its log, figures, and traces."""
