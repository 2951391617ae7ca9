;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (tests lookup)
  #:use-module (binder-lite lookup)
  #:use-module (gnu packages)
  #:use-module (guix packages)
  #:use-module (ice-9 match)
  #:use-module (srfi srfi-1)
  #:use-module (srfi srfi-64)
  #:use-module (srfi srfi-71)
  #:export (lookup-tests))

(define (lookup-tests)
  (test-equal "exact"
    (map package-version (find-packages-by-name "python"))
    (map package-version (exact-packages "python")))

  (test-equal "exact: none"
    '()
    (exact-packages "numpy"))

  (for-each (match-lambda
              ((name expected)
               (test-assert (string-append "upstream: " name)
                 (member expected
                         (map package-name (upstream-packages name))))))
            '(("numpy" "python-numpy")
              ("NumPy" "python-numpy")
              ("python_dateutil" "python-dateutil")
              ("PyYAML" "python-pyyaml")
              ("data.table" "r-data-table")
              ("ggplot2" "r-ggplot2")))

  (test-equal "upstream: none"
    '()
    (upstream-packages "no-such-package-anywhere"))

  (for-each (match-lambda
              ((name expected)
               (test-equal (string-append "near: " name)
                 expected
                 (first (near-names name)))))
            '(("numppy" "python-numpy")
              ("numpy" "python-numpy")
              ("python-pandsa" "python-pandas")
              ("pyton-numpy" "python-numpy")
              ("pandsa" "python-pandas")
              ("python_dateutil" "python-dateutil")
              ("python-scikitlearn" "python-scikit-learn")
              ("helo" "hello")))

  (test-equal "near: none"
    '()
    (near-names "qqqqqqqqqqqqqqqqqq"))

  (test-assert "near: at most five"
    (<= (length (near-names "python")) 5))

  (test-equal "near modules"
    '(gnu packages python-xyz)
    (first (near-modules '(gnu packages python-xy))))

  (test-equal "resolve: what specification->package+output says"
    (let ((package output (specification->package+output "glib@2:bin")))
      (list package output))
    (let ((package output (resolve-specification "glib@2:bin")))
      (list package output)))

  (for-each (lambda (specification)
              (test-eq (string-append "resolve: nothing for " specification)
                #f
                (resolve-specification specification)))
            '("no-such-package" "hello@0" "hello:doc" ""))

  (test-equal "answer"
    '("hello" "hello" #("out") #() #("python-halo"))
    (match (lookup '("hello"))
      (#(answer)
       (match (assoc-ref answer "exact")
         (#(package _ ...)
          (list (assoc-ref answer "name")
                (assoc-ref package "name")
                (assoc-ref package "outputs")
                (assoc-ref answer "upstream")
                (list->vector
                 (filter (lambda (name) (string=? name "python-halo"))
                         (vector->list (assoc-ref answer "near")))))))))))
