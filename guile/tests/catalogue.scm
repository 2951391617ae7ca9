;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (tests catalogue)
  #:use-module (binder-lite catalogue)
  #:use-module (gnu packages)
  #:use-module (guix packages)
  #:use-module (ice-9 match)
  #:use-module (srfi srfi-1)
  #:use-module (srfi srfi-64)
  #:export (catalogue-tests))

(define (field entry name)
  (assoc-ref entry name))

(define (binding entry)
  "Return what the module and variable of ENTRY are bound to."
  (let ((module   (map string->symbol
                       (string-split (field entry "module") #\space)))
        (variable (string->symbol (or (field entry "variable")
                                      (field entry "name")))))
    (module-ref (resolve-interface module) variable)))

(define (is? entry object)
  "Return true if OBJECT is the package of ENTRY, or a macro around it."
  (match object
    ((? package?)
     (and (string=? (package-name object) (field entry "name"))
          (string=? (package-version object) (field entry "version"))))
    (_ (macro? object))))

(define (catalogue-tests)
  (define entries
    (vector->list (catalogue)))

  (define (named name)
    (filter (lambda (entry)
              (string=? (field entry "name") name))
            entries))

  (test-equal "every package that has a name, once"
    (fold-packages (lambda (_ count) (1+ count)) 0)
    (length entries))

  (test-equal "modules and variables have the packages"
    '()
    (filter-map (lambda (entry)
                  (and (field entry "module")
                       (not (is? entry (binding entry)))
                       (field entry "name")))
                entries))

  (test-equal "without a module"
    '()
    (remove (lambda (entry) (field entry "module")) entries))

  (test-equal "a variable of another name"
    '("python-setuptools-67")
    (filter-map (lambda (entry) (field entry "variable"))
                (named "python-setuptools")))

  (test-equal "a macro around a package"
    '(("gnu packages pkg-config" . #f))
    (map (lambda (entry)
           (cons (field entry "module") (field entry "variable")))
         (named "pkg-config")))

  (test-equal "what is empty is left out"
    '()
    (filter (lambda (entry)
              (any (match-lambda
                     ((_ . value) (member value '(#f #() ""))))
                   entry))
            (named "hello"))))
