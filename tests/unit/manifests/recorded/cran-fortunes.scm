(define-public r-fortunes
  (package
    (name "r-fortunes")
    (version "1.5-4")
    (source
     (origin
       (method url-fetch)
       (uri (cran-uri "fortunes" version))
       (sha256
        (base32 "17cvdackw168d007243sdz53kkfka8mrnh1jvhmcr5wcy8nr4ndd"))))
    (properties `((upstream-name . "fortunes")))
    (build-system r-build-system)
    (inputs (list libxml2 zlib))
    (propagated-inputs (list r-cowplot r-rcpp))
    (native-inputs (list gfortran r-knitr))
    (home-page "https://example.org/fortunes")
    (synopsis "R Fortunes")
    (description
     "This package provides a collection of fortunes from the R community.")
    (license (list license:gpl2 license:gpl3))))

