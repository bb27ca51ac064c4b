"""What comes in: applications from form systems, and answers to the forms of an Aufgabe.

`forms.antrag` turns bytes of a form system into an Antrag; `forms.aufgabe` checks answers against a form-js schema.
Both are pure: no web, no database, no outside system. Of the engine they know FEEL and the errors, nothing else.
"""
