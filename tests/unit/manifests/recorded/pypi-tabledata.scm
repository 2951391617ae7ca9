(define-public python-typepy
  (package
    (name "python-typepy")
    (version "2.0.0")
    (source
     (origin
       (method git-fetch)
       (uri (git-reference
             (url "https://github.com/thombashi/typepy")
             (commit (string-append "v" version))))
       (file-name (git-file-name name version))
       (sha256
        (base32 "1k2ypsv4npzsvcn2mwb8v3shkrfsl7hyp1c5fhbbkhfrpcb4xvvj"))))
    (build-system pyproject-build-system)
    (propagated-inputs (list python-mbstrdecoder))
    (native-inputs (list python-packaging
                         python-pytest
                         python-dateutil
                         python-setuptools
                         python-setuptools-scm
                         python-tcolorpy
                         python-tzdata
                         python-wheel))
    (home-page "https://github.com/thombashi/typepy")
    (synopsis
     "typepy is a Python library for variable type checker/validator/converter at a run time.")
    (description
     "typepy is a Python library for variable type checker/validator/converter at a
run time.")
    (license license:expat)))

(define-public python-mbstrdecoder
  (package
    (name "python-mbstrdecoder")
    (version "1.1.5")
    (source
     (origin
       (method url-fetch)
       (uri (pypi-uri "mbstrdecoder" version))
       (sha256
        (base32 "1kmi4lbmx28balrdzrrbgc5k4q9gcfh6rh1wbsixivwbjckbmgwc"))))
    (build-system pyproject-build-system)
    (propagated-inputs (list python-chardet))
    (native-inputs (list python-faker
                         python-pytest
                         python-pytest-md-report
                         python-setuptools
                         python-setuptools-scm
                         python-wheel))
    (home-page "https://example.org/mbstrdecoder")
    (synopsis
     "mbstrdecoder is a Python library for multi-byte character string decoder")
    (description
     "mbstrdecoder is a Python library for multi-byte character string decoder.")
    (license license:expat)))

(define-public python-dataproperty
  (package
    (name "python-dataproperty")
    (version "1.1.1")
    (source
     (origin
       (method url-fetch)
       (uri (pypi-uri "dataproperty" version))
       (sha256
        (base32 "1j0vx254dkqa64m20n2ydij59m8dr4mhkyrni8vsbpaf4cmghfm8"))))
    (build-system pyproject-build-system)
    (propagated-inputs (list python-mbstrdecoder python-typepy))
    (native-inputs (list python-pytest
                         python-pytest-md-report
                         python-setuptools
                         python-setuptools-scm
                         python-tcolorpy
                         python-wheel))
    (home-page "https://example.org/DataProperty")
    (synopsis "Python library for extract property from data.")
    (description "Python library for extract property from data.")
    (license license:expat)))

(define-public python-tabledata
  (package
    (name "python-tabledata")
    (version "1.3.5")
    (source
     (origin
       (method url-fetch)
       (uri (pypi-uri "tabledata" version))
       (sha256
        (base32 "0dia129npaycwmlwdhkm4v5afbzlnbsv63q085mq885msq54vilq"))))
    (build-system pyproject-build-system)
    (propagated-inputs (list python-dataproperty python-typepy))
    (native-inputs (list python-pytablewriter python-pytest python-setuptools
                         python-setuptools-scm python-wheel))
    (home-page "https://example.org/tabledata")
    (synopsis
     "tabledata is a Python library to represent tabular data. Used for pytablewriter/pytablereader/SimpleSQLite/etc.")
    (description
     "tabledata is a Python library to represent tabular data.  Used for
pytablewriter/pytablereader/@code{SimpleSQLite/etc}.")
    (license license:expat)))

