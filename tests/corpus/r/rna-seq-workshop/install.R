# Packages for the workshop on differential expression.
options(repos = c(CRAN = "https://cran.example.org"))

cran_packages <- c(
  "tidyverse",   # reading and plotting
  "pheatmap",
  "RColorBrewer",
  "ggrepel",
  "cowplot"
)

bioc_packages <- c("DESeq2", "tximport", "apeglm", "clusterProfiler",
                   "org.Hs.eg.db", "EnsDb.Hsapiens.v86", "AnnotationHub")

install_if_missing <- function(packages, installer) {
  missing <- packages[!(packages %in% rownames(installed.packages()))]
  if (length(missing) > 0) {
    install.packages(missing, Ncpus = 2)
  }
}

install_if_missing(cran_packages)

if (!requireNamespace("BiocManager", quietly = TRUE)) {
  install.packages("BiocManager")
}
BiocManager::install(bioc_packages, ask = FALSE, update = FALSE)
