;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; Find packages by name: the ones that Guix calls so, the ones that are called
;;; so where they come from (PyPI, CRAN, …), and those whose names are near.
;;; Which of them is meant is left to who asks.
;;;
;;; Code:

(define-module (binder-lite lookup)
  #:use-module (gnu packages)
  #:use-module ((guix diagnostics) #:select (location->string))
  #:use-module (guix build-system)
  #:use-module (guix discovery)
  #:use-module (guix packages)
  #:use-module ((guix utils) #:select (string-distance version>?))
  #:use-module ((guix ui) #:select (package-specification->name+version+output))
  #:use-module (ice-9 match)
  #:use-module (srfi srfi-1)
  #:use-module (srfi srfi-71)
  #:export (lookup
            resolve-specification
            exact-packages
            upstream-packages
            near-names
            near-modules

            load-packages
            package->json))

(define load-packages
  (let ((loaded (delay
                  (dynamic-wind
                    gc-disable
                    (lambda () (find-packages-by-name "guile"))
                    gc-enable))))
    (lambda ()
      "Load what finds packages by name: every module that has packages, if
there is no package cache of Guix's.  Most of a first question's time goes
there, and a third of that would go into collecting garbage where there is
nearly none."
      (force loaded))))

(define (lookup names)
  "Return what there is for each of NAMES, as a list for guile-json."
  (load-packages)
  (list->vector
   (map (lambda (name)
          `(("name" . ,name)
            ("exact" . ,(packages->json (exact-packages name)))
            ("upstream" . ,(packages->json (upstream-packages name)))
            ("near" . ,(list->vector (near-names name)))))
        names)))

(define (resolve-specification specification)
  "Return the package that Guix takes for SPECIFICATION, and its output, or #f
and #f.  This is 'specification->package+output' without messages and exits."
  (let* ((name version output
               (package-specification->name+version+output specification))
         (package (match (find-best-packages-by-name name version)
                    ((package _ ...)
                     (or (package-superseded package) package))
                    (_ #f))))
    (if (and package (member output (package-outputs package)))
        (values package output)
        (values #f #f))))

(define (exact-packages name)
  "Return the packages that Guix calls NAME, the newest first, with those that
are superseded replaced by what supersedes them."
  (delete-duplicates
   (map (lambda (package)
          (or (package-superseded package) package))
        (find-packages-by-name name))
   eq?))


;;;
;;; Names elsewhere.
;;;

(define (upstream-packages name)
  "Return the packages whose name where they come from is NAME, for instance
python-foo and r-foo for \"foo\", in the order of their names, the newest first.
As on PyPI, case does not matter, nor which of '-', '_' and '.' is used."
  (define (before? package1 package2)
    (let ((name1 (package-name package1))
          (name2 (package-name package2)))
      (if (string=? name1 name2)
          (version>? (package-version package1) (package-version package2))
          (string<? name1 name2))))

  (sort (hash-ref (force %upstream) (normalize name) '())
        before?))

(define %packages
  ;; All packages but those that are hidden or superseded.
  (delay
    (fold-packages (lambda (package result)
                     (if (package-superseded package)
                         result
                         (cons package result)))
                   '())))

(define %upstream
  ;; Table from normalized names to packages.
  (delay
    (let ((table (make-hash-table 30000)))
      (for-each (lambda (package)
                  (for-each (lambda (key)
                              (hash-set! table key
                                         (cons package
                                               (hash-ref table key '()))))
                            (upstream-keys package)))
                (force %packages))
      table)))

(define (upstream-keys package)
  "Return the normalized names of PACKAGE where it comes from."
  (let* ((upstream (package-upstream-name* package))
         (key      (and (not (eq? upstream (package-name package)))
                        (normalize upstream))))
    (match (list key (and=> (pypi-name package) normalize))
      ((#f #f)                  '())
      ((key #f)                 (list key))
      ((#f key)                 (list key))
      ((key1 key2)              (if (string=? key1 key2)
                                    (list key1)
                                    (list key1 key2))))))

(define (pypi-name package)
  "Return the name in the URL of PACKAGE's source on PyPI, or #f.  This is what
'(guix import pypi) guix-package->pypi-name' does, which is slow to load."
  (and (memq (build-system-name (package-build-system package))
             '(pyproject python))
       (match (package-source package)
         ((? origin? origin)
          (any (match-lambda
                 ((? string? url)
                  (match (string-split url #\/)
                    ((_ ... "packages" "source" _ name _) name)
                    (_ #f)))
                 (_ #f))
               (match (origin-uri origin)
                 ((? list? urls) urls)
                 (url            (list url)))))
         (_ #f))))

(define %separators (char-set #\_ #\.))

(define (normalize name)
  "Return NAME as PyPI normalizes it."
  (let ((name (string-downcase name)))
    (if (string-index name %separators)
        (string-map (lambda (chr)
                      (if (char-set-contains? %separators chr) #\- chr))
                    name)
        name)))


;;;
;;; Near names.
;;;

(define %most-near-names 5)

(define %prefix "python-")

(define (near-names name)
  "Return the names of at most five packages that are near NAME, the nearest
first.  What is compared of \"python-foo\" is \"foo\", and also the whole name
if NAME does not begin with \"python-\"."
  (let* ((key     (normalize name))
         (python? (string-prefix? %prefix key)))
    (near (without-prefix key)
          (filter (match-lambda
                    ((candidate . key)
                     (and (not (string=? candidate name))
                          (or (not python?)
                              (and (string-prefix? %prefix candidate)
                                   (not (eq? candidate key)))))))
                  (force %names)))))

(define %names
  ;; Pairs of a package's name and what of it is compared.
  (delay
    (let ((table (make-hash-table 30000)))
      (for-each (lambda (package)
                  (hash-set! table (package-name package) #t))
                (force %packages))
      (hash-fold (lambda (name _ result)
                   (if (string-prefix? %prefix name)
                       (cons* (cons name name)
                              (cons name (without-prefix name))
                              result)
                       (cons (cons name name) result)))
                 '()
                 table))))

(define (without-prefix name)
  (if (string-prefix? %prefix name)
      (string-drop name (string-length %prefix))
      name))

(define (near-modules module)
  "Return at most five modules of packages that are near MODULE, which is a list
of symbols as they are."
  (match module
    (('gnu 'packages (? symbol? name))
     (map (lambda (name) `(gnu packages ,(string->symbol name)))
          (near (symbol->string name) (map (lambda (name) (cons name name))
                                           (module-names)))))
    (_ '())))

(define (module-names)
  "Return the last parts of the names of the modules (gnu packages …)."
  (append-map (lambda (directory)
                (filter-map (match-lambda
                              (('gnu 'packages name) (symbol->string name))
                              (_ #f))
                            (scheme-modules* directory "gnu/packages")))
              (filter-map (match-lambda
                            ((directory . "gnu/packages") directory)
                            (_ #f))
                          (%package-module-path))))

(define (near name candidates)
  "Return at most five of CANDIDATES, pairs of a name and what of it is to be
compared with NAME: those that are the fewest changes away."
  (define size (string-length name))

  ;; One change, and one more for every four letters.
  (define limit (min 4 (1+ (quotient size 4))))

  (define (plausible? key)
    ;; Comparing strings is expensive; this leaves few of them.
    (and (<= (abs (- size (string-length key))) limit)
         (>= (* 4 (+ (string-prefix-length name key)
                     (string-suffix-length name key)))
             size)))

  (define (letters key)
    (sort (string->list key) char<?))

  (define (order candidate key)
    ;; Swapped letters are the most likely mistake.
    (list (string-distance name key)
          (if (equal? (letters name) (letters key)) 0 1)
          candidate))

  (define before?
    (match-lambda*
      (((distance1 swapped1 name1) (distance2 swapped2 name2))
       (cond ((not (= distance1 distance2)) (< distance1 distance2))
             ((not (= swapped1 swapped2))   (< swapped1 swapped2))
             (else                          (string<? name1 name2))))))

  (let ((found (filter-map (match-lambda
                             ((candidate . key)
                              (and (plausible? key)
                                   (match (order candidate key)
                                     ((and order (distance _ _))
                                      (and (<= distance limit) order))))))
                           candidates)))
    (let ((names (delete-duplicates (map third (sort found before?)))))
      (take names (min %most-near-names (length names))))))


;;;
;;; As JSON.
;;;

(define (package->json package)
  `(("name" . ,(package-name package))
    ("version" . ,(package-version package))
    ("outputs" . ,(list->vector (package-outputs package)))
    ("synopsis" . ,(or (package-synopsis package) 'null))
    ("location" . ,(or (and=> (package-location package) location->string)
                       'null))))

(define (packages->json packages)
  (list->vector (map package->json packages)))
