// The German of form-js: its own English sentences on the left.
import { either } from "./words.js";
const SENTENCES = {
  "Add new": "Hinzufügen",
  "All values selected": "Alle Werte sind gewählt",
  "Click to remove sorting": "Sortierung aufheben",
  "Click to sort by {value} ascending": "Aufsteigend nach {value} sortieren",
  "Click to sort by {value} descending": "Absteigend nach {value} sortieren",
  Collapse: "Einklappen",
  "Date and time must both be entered.": "Bitte Datum und Uhrzeit angeben.",
  Decrement: "Verringern",
  "Document reference is not defined.": "Es ist kein Dokument angegeben.",
  "Download {fileName}": "{fileName} herunterladen",
  "Expand all ({value})": "Alle anzeigen ({value})",
  "External content couldn't be loaded.": "Der Inhalt lässt sich nicht laden.",
  "Field is required.": "Bitte dieses Feld ausfüllen.",
  "Field must be a valid email.": "Bitte eine gültige E-Mail-Adresse angeben.",
  "Field must be a valid international phone number. (e.g. +4930664040900)":
    "Bitte eine Telefonnummer mit Ländervorwahl angeben, zum Beispiel +49 30 664040900.",
  "Field must have maximum length of {value}.": "Bitte höchstens {value} Zeichen eingeben.",
  "Field must have maximum value of {value}.": "Bitte höchstens {value} angeben.",
  "Field must have minimum length of {value}.": "Bitte mindestens {value} Zeichen eingeben.",
  "Field must have minimum value of {value}.": "Bitte mindestens {value} angeben.",
  "Field must match pattern {value}.": "Die Eingabe passt nicht zum Muster {value}.",
  Increment: "Erhöhen",
  "Max validation value is not a valid number.": "Der Höchstwert in diesem Formular ist keine Zahl.",
  "Min validation value is not a valid number.": "Der Mindestwert in diesem Formular ist keine Zahl.",
  "Next page": "Nächste Seite",
  "No content to show.": "Kein Inhalt.",
  "No files selected": "Keine Datei gewählt",
  "No results": "Keine Treffer",
  "Nothing to show.": "Keine Einträge.",
  "Please select a valid value, the two nearest valid values are {previousValue} and {nextValue}.":
    "Dieser Wert geht nicht; die nächsten möglichen sind {previousValue} und {nextValue}.",
  "Previous page": "Vorige Seite",
  "Remove tag": "Eintrag entfernen",
  Search: "Suchen",
  "Skip to search": "Zur Suche springen",
  "Unable to download document": "Das Dokument lässt sich nicht herunterladen",
  "Value is expected to be an integer.": "Bitte eine ganze Zahl angeben.",
  "Value is expected to have at most 1 decimal digit.": "Bitte höchstens eine Nachkommastelle angeben.",
  "Value is expected to have at most {value} decimal digits.": "Bitte höchstens {value} Nachkommastellen angeben.",
  "Value is not a number.": "Bitte eine Zahl angeben.",
  "{page} of {total}": "{page} von {total}",
  "{value} files selected": "{value} Dateien gewählt",
};

function translate(template, replacements = {}) {
  return either(template, SENTENCES[template] ?? template).replace(/{([^}]+)}/g, (whole, key) => replacements[key] ?? whole);
}

/** A module for form-js that lets it speak German on German pages. */
export const german = { translate: ["value", translate] };
