;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; Evaluate a file that somebody else wrote, as 'guix shell' does, so that
;;; whatever goes wrong becomes a <problem> with its place in the file.
;;;
;;; '(guix ui) load*' cannot be used: it prints, and exits.  Like it, this
;;; compiles, because only compiled code knows its place when it fails; unlike
;;; it, form by form and in memory, since there may be no place for a cache.
;;;
;;; Nothing here makes evaluating a hostile file safe.  That is left to the
;;; sandbox around the process.
;;;
;;; Code:

(define-module (binder-lite evaluation)
  #:use-module (binder-lite errors)
  #:use-module (binder-lite problems)
  #:use-module ((guix diagnostics) #:select (guix-warning-port
                                             location?
                                             location-column
                                             location-file
                                             location-line
                                             source-properties->location))
  #:use-module ((guix ui) #:select (make-user-module
                                    package-specification->name+version+output))
  #:use-module (ice-9 control)
  #:use-module (ice-9 match)
  #:use-module (ice-9 rdelim)
  #:use-module (srfi srfi-1)
  #:use-module (srfi srfi-9)
  #:use-module (srfi srfi-26)
  #:use-module (srfi srfi-71)
  #:use-module (system base compile)
  #:export (call-with-problems
            source-file
            evaluate-file))

;; A file that is being evaluated.
(define-record-type <source>
  (make-source file absolute forms current)
  source?
  (file     source-file)                          ;as it was given
  (absolute source-absolute)                      ;as Guile knows it
  (forms    source-forms   set-source-forms!)     ;list of syntax objects
  (current  source-current set-source-current!))  ;syntax object | location | #f

(define (call-with-problems file proc)
  "Call PROC with a source for FILE, to be passed to 'evaluate-file', and return
two values: what PROC returns, or a problem, and the list of what Guix warned of
meanwhile.  PROC may go on and use what the file gave: much of it is
computed only then."
  (let* ((source      (make-source file (try-canonicalize-path file) '() #f))
         (diagnostics (open-output-string))
         (outcome     (call-with-exceptions
                       (lambda ()
                         (parameterize ((guix-warning-port diagnostics))
                           (proc source)))
                       (source-absolute source)))
         (text        (get-output-string diagnostics)))
    (false-if-exception (display text (current-error-port)))
    (values (match outcome
              (('value (? problem? problem))
               (place source problem #f))
              (('value value)
               value)
              (('exception exception location)
               (place source
                      (exception->problem* exception text)
                      location)))
            (diagnostics->lines text 'warning))))

(define (exception->problem* exception diagnostics)
  ;; Hostile exceptions may resist even that.
  (catch #t
    (lambda ()
      (exception->problem exception diagnostics))
    (const (problem "failed" "It raised an exception that cannot be shown."))))

(define (try-canonicalize-path file)
  (catch 'system-error
    (lambda () (canonicalize-path file))
    (const file)))

(define (call-with-exceptions thunk file)
  "Return the list 'value and what THUNK returns, or the list 'exception, what
was raised, and the location in FILE that is nearest to it, or #f."
  (let/ec return
    (with-exception-handler
        (lambda (exception)
          ;; The stack is still there, so it can be asked for the place.
          (return (list 'exception exception
                        (stack-location (make-stack #t) file))))
      (lambda ()
        (call-with-values thunk
          (match-lambda*
            ((value _ ...) (list 'value value))
            (()            (list 'value *unspecified*))))))))

(define (stack-location stack file)
  "Return the location of STACK's innermost frame whose code is in FILE."
  (any (lambda (n)
         (match (frame-source (stack-ref stack n))
           ((_ (? string? name) line . column)
            (and (string=? name file)
                 (source-properties->location
                  `((filename . ,name) (line . ,line) (column . ,column)))))
           (_ #f)))
       (iota (stack-length stack))))


;;;
;;; Reading and evaluating.
;;;

(define (evaluate-file source modules)
  "Evaluate SOURCE's file in a fresh user module that uses MODULES besides what
is always there, and return the value of its last expression."
  (set-source-forms! source (read-forms source))
  (save-module-excursion
   (lambda ()
     (set-current-module (make-user-module modules))
     ;; What the file loads by itself is interpreted, not compiled into a cache.
     (set! %load-should-auto-compile #f)
     (set! %fresh-auto-compile #t)
     (fold (lambda (form _)
             (set-source-current! source form)
             (evaluate form))
           *unspecified*
           (source-forms source)))))

(define (evaluate form)
  "Evaluate FORM, a syntax object, in the current module."
  (call-with-values
      (lambda ()
        (parameterize ((current-warning-port (%make-void-port "w")))
          ;; The optimizations of the baseline compiler, as Guix itself has it:
          ;; code that runs once is not worth more.
          (compile form
                   #:env (current-module)
                   #:from 'scheme #:to 'value
                   #:optimization-level 1
                   #:warning-level 0)))
    (match-lambda*
      ((value _ ...) value)
      (()            *unspecified*))))

(define (read-forms source)
  "Return the list of SOURCE's forms as syntax objects, which know their place."
  (call-with-input-file (source-absolute source)
    (lambda (port)
      (set-port-conversion-strategy! port 'substitute)
      (set-port-filename! port (source-absolute source))
      (let loop ((forms '()))
        ;; Should reading fail, this is where the form began.
        (skip-blanks port)
        (set-source-current! source (next-place port))
        (match (read-syntax port)
          ((? eof-object?) (reverse forms))
          (form (loop (cons form forms))))))
    #:guess-encoding #t
    #:encoding "UTF-8"))

(define (skip-blanks port)
  "Skip white space and comments to the end of the line."
  (match (peek-char port)
    ((? eof-object?) #t)
    (#\; (read-line port) (skip-blanks port))
    ((? char-whitespace?) (read-char port) (skip-blanks port))
    (_ #t)))

(define (next-place port)
  (source-properties->location
   `((filename . ,(port-filename port))
     (line . ,(port-line port))
     (column . ,(port-column port)))))


;;;
;;; Places.
;;;

(define (place source problem location)
  "Return PROBLEM with its place: its own if it knows it, else where SOURCE's
file names what it is about, else LOCATION, else the form that was evaluated."
  (let ((location (or (problem-location problem)
                      (named-location source problem)
                      location
                      (current-location source))))
    (problem-at problem
                (match (and=> location location-file)
                  ((? string? file)
                   (if (string=? file (source-absolute source))
                       (source-file source)
                       file))
                  (#f (source-file source)))
                (and=> location location-line)
                (and=> location location-column))))

(define (current-location source)
  (match (source-current source)
    (#f #f)
    (form (form-location form))))

(define (named-location source problem)
  "Return the location in SOURCE of what PROBLEM is about, or #f."
  (let ((name    (problem-detail problem "name"))
        (version (problem-detail problem "version")))
    (match (problem-code problem)
      ("unbound-variable"
       (locate source (cut eq? (string->symbol name) <>)))
      ((or "unknown-package" "unknown-output")
       (locate source
               (lambda (datum)
                 (and (or (string? datum) (symbol? datum))
                      (any (cut names? <> name version)
                           (string-tokenize (if (symbol? datum)
                                                (symbol->string datum)
                                                datum)))))))
      (_ #f))))

(define (names? specification name version)
  "Return true if SPECIFICATION asks for the package NAME, of a version that
begins like VERSION unless it or VERSION is #f."
  (let ((name* version* output
               (package-specification->name+version+output specification)))
    (and (string=? name name*)
         (or (not version) (not version*)
             (string-prefix? version* version)))))

(define (locate source matching?)
  "Return the location of the first atom of SOURCE that satisfies MATCHING?,
looking at the form that was evaluated first, or #f."
  (define (locate-in form)
    (syntax-case form ()
      ((head . tail)
       (or (locate-in #'head) (locate-in #'tail)))
      (atom
       (and (matching? (syntax->datum #'atom))
            (form-location #'atom)))))

  (any locate-in
       (match (source-current source)
         (#f (source-forms source))
         (form (cons form (source-forms source))))))

(define (form-location form)
  (if (location? form)
      form
      (and=> (syntax-source form) source-properties->location)))
