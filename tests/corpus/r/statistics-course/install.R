pkgs = c('MASS', 'car', 'lme4', 'emmeans', 'multcomp', 'mosaic', 'openintro',
         'knitr', 'rmarkdown', 'learnr')
invisible(lapply(pkgs, function(p) {
  if (!require(p, character.only = TRUE)) install.packages(p, dependencies = TRUE)
}))
devtools::install_github("rstudio/gradethis")
tinytex::install_tinytex()
