;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; Files as people write them, and as they should not, each with what the
;;; answer has to say.
;;;
;;; Code:

(define-module (tests describe)
  #:use-module (binder-lite describe)
  #:use-module (binder-lite problems)
  #:use-module (gnu packages)
  #:use-module (guix packages)
  #:use-module (ice-9 match)
  #:use-module (srfi srfi-1)
  #:use-module (srfi srfi-64)
  #:use-module (tests fixtures)
  #:export (describe-tests))

(define (describe-tests)
  (for-each check-description (descriptions))
  (for-each check-problem (problems))
  (servers))

(define (described text file)
  (call-with-file file text describe-file))


;;;
;;; What is right.
;;;

(define (descriptions)
  "Return a list of names, file names, texts, kinds, and of what is expected of
each entry: name, output, specification, and whether it is own."
  (let* ((pythons (find-packages-by-name "python"))
         (oldest  (last pythons))
         (old     (string-append "python@" (package-version oldest))))
    `(("plain" "manifest.scm"
       "(specifications->manifest (list \"datamash\" \"hello\"))"
       "manifest"
       (("datamash" "out" "datamash" #f)
        ("hello" "out" "hello" #f)))

      ("empty" "manifest.scm"
       "(specifications->manifest '())"
       "manifest"
       ())

      ("versions" "manifest.scm"
       ,(format #f "(specifications->manifest '(~s \"hello@2\"))" old)
       "manifest"
       (("python" "out" ,old #f)
        ("hello" "out" "hello" #f)))

      ("outputs" "manifest.scm"
       ,(format #f "(specifications->manifest
 '(\"git:send-email\" \"~a:tk\" \"glib:bin\"))" old)
       "manifest"
       (("git" "send-email" "git:send-email" #f)
        ("python" "tk" ,(string-append old ":tk") #f)
        ("glib" "bin" "glib:bin" #f)))

      ("package objects" "manifest.scm"
       "(use-modules (gnu packages base) (gnu packages datamash))
(packages->manifest (list hello (list datamash \"out\")))"
       "manifest"
       (("hello" "out" "hello" #f)
        ("datamash" "out" "datamash" #f)))

      ("concatenated, each once" "manifest.scm"
       "(define more (specifications->manifest '(\"datamash\" \"hello\")))
(concatenate-manifests
 (list (specifications->manifest '(\"hello\")) more))"
       "manifest"
       (("hello" "out" "hello" #f)
        ("datamash" "out" "datamash" #f)))

      ("own package" "manifest.scm"
       "(use-modules (guix packages) (gnu packages base))
(use-modules (gnu packages datamash))
(packages->manifest
 (list (package (inherit hello) (name \"mine\"))
       (package (inherit datamash))
       datamash))"
       "manifest"
       (("mine" "out" #f #t)
        ("datamash" "out" #f #t)
        ("datamash" "out" "datamash" #f)))

      ("transformed" "manifest.scm"
       "(use-modules (guix transformations))
(define transform
  (options->transformation '((without-tests . \"hello\"))))
(packages->manifest
 (list (transform (specification->package \"hello\"))
       (specification->package \"hello\")))"
       "manifest"
       (("hello" "out" #f #t)
        ("hello" "out" "hello" #f)))

      ("hidden" "manifest.scm"
       "(use-modules (guix packages) (gnu packages base))
(packages->manifest (list (hidden-package hello)))"
       "manifest"
       (("hello" "out" #f #t)))

      ("entry with another name or other dependencies" "manifest.scm"
       "(use-modules (gnu packages base) (gnu packages datamash))
(manifest (list (manifest-entry (inherit (package->manifest-entry hello))
                                (name \"hi\"))
                (manifest-entry (inherit (package->manifest-entry datamash))
                                (dependencies
                                 (list (package->manifest-entry hello))))))"
       "manifest"
       (("hi" "out" #f #t)
        ("datamash" "out" #f #t)))

      ("computed file" "manifest.scm"
       "(manifest (list (manifest-entry (name \"x\") (version \"0\")
  (item (computed-file \"x\" #~(mkdir #$output))))))"
       "manifest"
       (("x" "out" #f #t)))

      ("entry that is not what it should be" "manifest.scm"
       "(manifest (list (manifest-entry (name 'x) (version #f) (output 5)
                                (item car))))"
       "manifest"
       (("x" "5" #f #t)))

      ("prints" "manifest.scm"
       "(display \"{\\\"id\\\": 1}\")
(newline)
(specifications->manifest '(\"hello\"))"
       "manifest"
       (("hello" "out" "hello" #f)))

      ("guix.scm with a manifest" "guix.scm"
       "(use-modules (gnu packages))
(specifications->manifest '(\"hello\"))"
       "manifest"
       (("hello" "out" "hello" #f))))))

(define check-description
  (match-lambda
    ((name file text kind entries)
     (test-equal name
       (list kind entries)
       (match (described text file)
         ((? problem? problem)
          (problem->json problem))
         (answer
          (list (assoc-ref answer "kind")
                (map (lambda (entry)
                       (list (assoc-ref entry "name")
                             (assoc-ref entry "output")
                             (match (assoc-ref entry "specification")
                               ('null #f)
                               (specification specification))
                             (assoc-ref entry "own")))
                     (vector->list (assoc-ref answer "entries"))))))))))

(define %package
  "(use-modules (guix packages) (guix build-system trivial) (gnu packages base))
(define-public mine
  (package
    (name \"mine\") (version \"1.2\") (source #f)
    (build-system trivial-build-system)
    (inputs (list hello))
    (home-page \"\") (synopsis \"\") (description \"\") (license #f)))
")

(define (package-answer text)
  (match (described (string-append %package text) "guix.scm")
    ((? problem? problem) (problem->json problem))
    (answer (list (assoc-ref answer "kind")
                  (assoc-ref answer "name")
                  (assoc-ref answer "version")
                  (map (lambda (entry)
                         (assoc-ref entry "specification"))
                       (vector->list (assoc-ref answer "entries")))))))

(define (servers)
  (test-equal "guix.scm with a package"
    '("package" "mine" "1.2" ("hello"))
    (package-answer "mine"))

  (test-equal "guix.scm with packages"
    '("package" null null ("hello"))
    (package-answer "(list mine (list mine \"out\"))"))

  (test-equal "servers"
    '((("lab" . #("datamash" "no-such-package")) ("notebook" . #()))
      (("lab" . #f) ("notebook" . #t)))
    (call-with-file "manifest.scm" "(specifications->manifest '(\"hello\"))"
      (lambda (file)
        (let ((answer (describe-file file
                                     #:servers
                                     '(("lab" "datamash" "hello"
                                        "no-such-package")
                                       ("notebook" "hello")))))
          (list (assoc-ref answer "missing")
                (assoc-ref answer "available"))))))

  (test-assert "search paths"
    (match (described "(specifications->manifest '(\"python\"))"
                      "manifest.scm")
      (answer
       (let ((variables (vector->list (assoc-ref answer "search_paths"))))
         (and (member "PATH" variables)
              (any (lambda (variable)
                     (string-prefix? "GUIX_PYTHONPATH" variable))
                   variables)))))))


;;;
;;; What is wrong.
;;;

(define (problems)
  "Return a list of names, file names, texts, codes, lines, and other details."
  '(("unknown package" "manifest.scm"
     ";; \"python-pandsa\" is in a comment\n
(specifications->manifest
 (list \"hello\" \"python-pandsa\"))"
     "unknown-package" 4 (("name" . "python-pandsa") ("column" . 15)))
    ("unknown package, by its variable" "manifest.scm"
     "(define names (string-split \"hello no-such-thing datamash\" #\\space))
(specifications->manifest names)"
     "unknown-package" 1 (("name" . "no-such-thing")))
    ("unknown version" "manifest.scm"
     "(specifications->manifest\n '(\"hello@1.99\"))"
     "unknown-package" 2 (("name" . "hello") ("version" . "1.99")))
    ("unknown output" "manifest.scm"
     "(specifications->manifest\n '(\"hello:doc\"))"
     "unknown-output" 2 (("name" . "hello") ("output" . "doc")))

    ("parenthesis not closed" "manifest.scm"
     "(define x 1)\n\n;; (\n(specifications->manifest\n (list \"hello\")\n\n\n"
     "syntax" 4 (("column" . 0)))
    ("parenthesis not opened" "manifest.scm"
     "(specifications->manifest\n '(\"hello\")))"
     "syntax" 2 ())
    ("string not closed" "manifest.scm"
     "(specifications->manifest\n '(\"hello))"
     "syntax" 2 ())
    ("bad form" "manifest.scm"
     "(define x 1)\n(let ((y))\n  y)"
     "syntax" 2 ())
    ("missing fields" "guix.scm"
     "(use-modules (guix packages))\n\n(package (name \"x\"))"
     "syntax" 3 ())

    ("unbound variable of a module that was not loaded" "manifest.scm"
     "(packages->manifest\n (list python-numpy))"
     "unbound-variable" 2 (("name" . "python-numpy")
                           ("module" . "(gnu packages python-xyz)")))
    ("unbound variable in guix.scm" "guix.scm"
     "(use-modules (guix packages))\n\n(specification->package \"x\")"
     "unbound-variable" 3 (("name" . "specification->package")
                           ("module" . "(gnu packages)")))
    ("unbound variable in a procedure" "manifest.scm"
     "(define (f)\n  (+ 1 no-such-variable))\n(f)"
     "unbound-variable" 2 (("name" . "no-such-variable")))
    ("unbound variable of #:select" "manifest.scm"
     "(use-modules ((gnu packages)\n  #:select (no-such-variable)))"
     "unbound-variable" 2 (("name" . "no-such-variable")))

    ("missing module" "manifest.scm"
     "\n(use-modules (gnu packages pythn))"
     "missing-module" 2 (("name" . "(gnu packages pythn)")
                         ("nearest" . #("(gnu packages python)"))))
    ("missing module of use-package-modules" "manifest.scm"
     "\n(use-package-modules pythn)"
     "missing-module" 2 (("name" . "(gnu packages pythn)")))

    ("nothing at all" "manifest.scm" ""
     "not-a-manifest" 1 (("found" . "nothing")))
    ("only definitions" "manifest.scm" "(define x 1)"
     "not-a-manifest" 1 (("found" . "nothing")))
    ("string" "manifest.scm" "\"hello\""
     "not-a-manifest" 1 (("found" . "a string")))
    ("strings" "manifest.scm" "(list \"hello\")"
     "not-a-manifest" 1 (("found" . "a list of strings")))
    ("package in manifest.scm" "manifest.scm"
     "(specification->package \"hello\")"
     "not-a-manifest" 1 (("found" . "a package")
                         ("expected" . "a manifest")))
    ("record in guix.scm" "guix.scm"
     "(use-modules (guix channels))\n(car %default-channels)"
     "not-a-manifest" 2 (("found" . "a record of type channel")
                         ("expected" . "a package")))

    ("exits" "manifest.scm" "\n(exit 3)" "quit" 2 (("status" . 3)))
    ("error" "manifest.scm"
     "(define (f x)\n  (+ 1 (car x)))\n(f 5)"
     "failed" 2 (("key" . "wrong-type-arg")))
    ("error of its own" "manifest.scm" "(error \"Oh no:\" 'x)"
     "failed" 1 (("key" . "misc-error")))
    ("exception that cannot be shown" "manifest.scm"
     "(use-modules (srfi srfi-9 gnu) (srfi srfi-9))
(define-record-type <x> (x) x?)
(set-record-type-printer! <x> (lambda (x port) (error \"Ha!\")))
(raise-exception (x))"
     "failed" 4 ())
    ("no exception" "manifest.scm"
     "(use-modules (srfi srfi-34))\n(raise 'x)"
     "failed" 2 ())
    ("error in what is computed only later" "guix.scm"
     "(use-modules (guix packages) (guix build-system trivial))
(package (name \"x\") (version \"1\") (source #f)
         (build-system trivial-build-system)
         (inputs (list no-such-variable))
         (home-page \"\") (synopsis \"\") (description \"\") (license #f))"
     "unbound-variable" 4 (("name" . "no-such-variable")))))

(define check-problem
  (match-lambda
    ((name file text code line details)
     (test-equal name
       `(,code ,line ,@details)
       (match (described text file)
         ((? problem? problem)
          `(,(problem-code problem)
            ,(problem-detail problem "line")
            ,@(map (match-lambda
                     ((name . _)
                      (cons name (problem-detail problem name))))
                   details)))
         (answer answer))))))
