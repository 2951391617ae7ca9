remotes::install_deps(dependencies = TRUE)
install.packages(c("epiR", "surveillance"))
