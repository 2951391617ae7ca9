if (!require("pacman")) install.packages("pacman")
pacman::p_load(AER, fixest, plm, sandwich, lmtest, modelsummary, haven,
               "data.table", ggplot2)
data("CigarettesSW", package = "AER")
model <- feols(log(packs) ~ log(price), data = CigarettesSW)
stats::coef(model)
