"""Small programs with a command line, each made of models that the lessons built."""
