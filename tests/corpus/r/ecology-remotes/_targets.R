library(targets)
tar_option_set(packages = c("vegan", "brms"))
list(tar_target(fish, rfishbase::load_taxa()))
