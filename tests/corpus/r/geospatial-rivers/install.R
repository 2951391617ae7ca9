install.packages(c("sf", "terra", "stars", "tmap", "mapview", "rnaturalearth", "exactextractr",
                   "lwgeom", "units", "raster", "rgdal", "elevatr", "whitebox"))
install.packages("rnaturalearthhires",
                 repos = "https://ropensci.example.org", type = "source")
remotes::install_github("ropensci/rnaturalearthdata", ref = "v1.0.0")
