"""`index.html`: one page that generates samples, from disk, without a server or a network."""
