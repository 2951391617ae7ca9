# Helpers that the notebook sources.
source("theme.R")
read_all <- function(path) purrr::map_dfr(fs::dir_ls(path), readr::read_csv)
