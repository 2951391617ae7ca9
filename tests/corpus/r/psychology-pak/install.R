install.packages("pak", repos = sprintf("https://pak.example.org/%s", .Platform$pkgType))
pak::pkg_install(c(
  "psych", "lavaan", "semTools", "afex", "BayesFactor@0.9.12-4.6",
  "easystats/report", "bioc::graph", "github::crsh/papaja@v0.1.2", "any::ggdist"
))
pak::pak("cran::jsonlite")
system("pip install psychopy")
