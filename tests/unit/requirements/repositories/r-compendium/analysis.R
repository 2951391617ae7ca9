library(here)
library(notdeclared)
