module Local
using DataFrames: DataFrame
end
