install.packages("BiocManager")
BiocManager::install(version = "3.18")
BiocManager::install(c(
  "SingleCellExperiment", "scater", "scran", "scuttle", "DropletUtils",
  "bluster", "batchelor", "celldex", "SingleR"
))
install.packages(c("Seurat", "patchwork", "Matrix", "uwot"))
remotes::install_github("satijalab/seurat-data")
remotes::install_github("mojaveazure/seurat-disk@HEAD")
