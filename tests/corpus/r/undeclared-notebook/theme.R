theme_course <- function() {
  ggplot2::theme_minimal(base_family = "Lato") + ggtext::element_markdown()
}
