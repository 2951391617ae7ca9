install.packages("lightgbm")
remotes::install_github("curso-r/treesnip")
torch::install_torch()
