if (!requireNamespace("BiocManager", quietly = TRUE)) install.packages("BiocManager")

needed <- function(packages) {
  new <- setdiff(packages, rownames(installed.packages()))
  if (length(new)) install.packages(new, repos = "https://cran.example.org")
}

needed(c(
  "tidyverse",
  "pheatmap"
))
BiocManager::install(c("DESeq2", "org.Hs.eg.db"), update = FALSE)
remotes::install_version("Matrix", "1.5-4")
devtools::install_github("example/plots@main")
install.packages(scan("more-packages.txt", what = ""))
