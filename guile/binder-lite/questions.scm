;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; Answer questions about Guix and about people's Guile files: one JSON object
;;; a line on standard input, one a line on standard output.  The answers come
;;; from the other modules; here is only the protocol.
;;;
;;; Files that are evaluated to answer a question share this process.  They may
;;; print what they like without spoiling an answer; whoever asks has to put up
;;; with a process that ends or never answers.
;;;
;;; Code:

(define-module (binder-lite questions)
  #:autoload   (binder-lite catalogue) (catalogue)
  #:autoload   (binder-lite describe) (describe-file)
  #:autoload   (binder-lite lookup) (lookup)
  #:use-module (binder-lite problems)
  #:autoload   (binder-lite versions) (versions)
  #:use-module (ice-9 match)
  #:use-module (ice-9 rdelim)
  #:use-module (json)
  #:use-module (srfi srfi-71)
  #:export (answer-question
            serve-questions))

(define (answer-question question)
  "Return the answer to QUESTION, an alist as guile-json has it: an alist too,
or a problem."
  (match (assoc-ref question "question")
    ("catalogue"
     (catalogue))
    ("describe"
     (match (assoc-ref question "file")
       ((? string? file)
        (describe-file file
                       #:servers (match (assoc-ref question "server")
                                   ((? pair? servers)
                                    (map string-list-entry servers))
                                   (_ '()))))
       (_
        (bad-question "'describe' needs a file."))))
    ("lookup"
     (match (assoc-ref question "names")
       (#((? string? names) ...)
        (lookup names))
       (_
        (bad-question "'lookup' needs a list of names."))))
    ("versions"
     (versions))
    (_
     (bad-question "The questions are 'catalogue', 'describe', 'lookup', and 'versions'."))))

(define string-list-entry
  (match-lambda
    ((name . #((? string? strings) ...)) (cons name strings))
    ((name . _)                          (list name))))

(define (bad-question message)
  (problem "bad-question" message))

(define (line->line line)
  "Return the answer to the question in LINE, as JSON."
  (match (false-if-exception (json-string->scm line))
    (((? pair? question) ...)
     (let ((id (or (assoc-ref question "id") 'null)))
       (catch #t
         (lambda ()
           (answer->line id (answer-question question)))
         (lambda (key . args)
           (answer->line id
                         (problem "bug"
                                  (call-with-output-string
                                    (lambda (port)
                                      (print-exception port #f key
                                                       args)))))))))
    (_
     (answer->line 'null (bad-question "A question is a JSON object.")))))

(define (answer->line id answer)
  (escape-controls
   (scm->json-string
    `(("id" . ,id)
      ,(if (problem? answer)
           `("error" . ,(problem->json answer))
           `("answer" . ,answer)))
    #:unicode #t)))

(define (escape-controls json)
  "Return JSON with the control characters escaped that guile-json leaves."
  (if (string-index json char-set:iso-control)
      (string-concatenate
       (map (lambda (chr)
              (if (char-set-contains? char-set:iso-control chr)
                  (string-append "\\u"
                                 (string-pad (number->string
                                              (char->integer chr) 16)
                                             4 #\0))
                  (string chr)))
            (string->list json)))
      json))


;;;
;;; Standard input and output.
;;;

(define (serve-questions)
  "Answer the questions on standard input until it ends."
  (set-locale!)
  (let ((input output (take-standard-ports))
        (directory (getcwd)))
    (let loop ()
      (match (read-line input)
        ((? eof-object?) #t)
        (line
         (display (call-with-other-ports (lambda () (line->line line)))
                  output)
         (newline output)
         (force-output output)
         (chdir directory)
         (loop))))))

(define (set-locale!)
  "Have messages in English, which are understood here, and names in UTF-8."
  (false-if-exception (setlocale LC_ALL "C.UTF-8"))
  (setlocale LC_MESSAGES "C"))

(define (take-standard-ports)
  "Return ports for the standard input and output that only this module knows.
File descriptor 0 is empty from then on."
  (define (take descriptor mode)
    (let ((port (fdopen (dup->fdes descriptor) mode)))
      (fcntl port F_SETFD FD_CLOEXEC)
      (set-port-encoding! port "UTF-8")
      port))

  (let ((input  (take 0 "r"))
        (output (take 1 "w")))
    (call-with-input-file "/dev/null"
      (lambda (empty)
        (dup2 (fileno empty) 0)))
    (values input output)))

(define call-with-other-ports
  (let ((descriptor (delay (dup->fdes 2))))
    (lambda (thunk)
      "Call THUNK with the standard output going where standard errors go.  Both
are new each time: the file that THUNK evaluates may close them."
      (dup2 (force descriptor) 1)
      (dup2 (force descriptor) 2)
      (let* ((output (fdopen (dup->fdes (force descriptor)) "w"))
             (errors (fdopen (dup->fdes (force descriptor)) "w"))
             (result (parameterize ((current-output-port output)
                                    (current-error-port errors))
                       (thunk))))
        (false-if-exception (flush-all-ports))
        (close-port output)
        (close-port errors)
        result))))
