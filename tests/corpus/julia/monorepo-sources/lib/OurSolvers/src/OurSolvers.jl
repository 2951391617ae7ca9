module OurSolvers
end
