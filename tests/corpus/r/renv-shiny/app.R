library(shiny)
library(bslib)
thematic::thematic_shiny()
shinyApp(page_fluid(), function(input, output) {
  output$plot <- renderPlot(ggplot2::qplot(1:3))
})
