using BioAlignments, BioSequences
using FASTX: FASTAReader
