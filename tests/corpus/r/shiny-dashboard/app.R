library(shiny)
library(shinydashboard)
ui <- dashboardPage(dashboardHeader(), dashboardSidebar(), dashboardBody())
server <- function(input, output, session) {
  output$table <- DT::renderDT(cars)
}
shinyApp(ui, server)
