# What the vignettes need besides.
extra <- c("leaflet", "sf")
install.packages(extra[!extra %in% rownames(installed.packages())])
