/** Mail addresses as Go's `mail.ParseAddress` reads them (RFC 5322, RFC 6532): one mailbox, perhaps with a name, perhaps as a group of one. */
import { isIP } from './ip.js';

/** Whether the text is one mailbox. */
export function isEmail(text: string): boolean {
  try {
    return new MailboxReader(text).single();
  } catch (error) {
    if (error instanceof NotAMailbox) return false;
    throw error;
  }
}

class NotAMailbox extends Error {}

const fail = (): never => {
  throw new NotAMailbox();
};

/** Visible characters: ASCII ones, and all that are not ASCII. */
const visible = '!-~\\u0080-\\uffff';
const atomText = /[!#$%&'*+\-./0-9=?A-Z^_`a-z{|}~\u0080-\uffff]*/y;
const quotedString = new RegExp(`"((?:[\\t !#-[\\]-~\\u0080-\\uffff]|\\\\[\\t ${visible}])*)"`, 'y');
const domainLiteral = /\[([!-Z^-~\u0080-\uffff]*)\]/y;
const blanks = /[ \t]*/y;

class MailboxReader {
  private at = 0;
  constructor(private readonly text: string) {}

  single(): boolean {
    const mailboxes = this.address(true);
    this.commentsAndBlanks();
    return this.at === this.text.length && mailboxes === 1;
  }

  /** Gives the number of mailboxes read. */
  private address(mayBeGroup: boolean): number {
    this.match(blanks);
    if (this.isAtEnd) fail();
    if (this.specOrBack()) {
      this.match(blanks);
      if (this.peek() === '(') this.nameComment();
      return 1;
    }
    if (this.peek() !== '<') this.phrase();
    this.match(blanks);
    if (mayBeGroup && this.consume(':')) return this.group();
    if (!this.consume('<')) fail();
    this.spec();
    if (!this.consume('>')) fail();
    return 1;
  }

  private group(): number {
    let mailboxes = 0;
    this.match(blanks);
    if (this.consume(';')) {
      this.commentsAndBlanks();
      return 0;
    }
    for (;;) {
      this.match(blanks);
      mailboxes += this.address(false);
      this.commentsAndBlanks();
      if (this.consume(';')) {
        this.commentsAndBlanks();
        return mailboxes;
      }
      if (!this.consume(',')) fail();
    }
  }

  private specOrBack(): boolean {
    const start = this.at;
    try {
      this.spec();
      return true;
    } catch (error) {
      if (!(error instanceof NotAMailbox)) throw error;
      this.at = start;
      return false;
    }
  }

  /** `local@domain` */
  private spec(): void {
    this.match(blanks);
    if (this.peek() === '"') {
      if (this.quoted() === '') fail();
    } else this.dotAtom();
    if (!this.consume('@')) fail();
    this.match(blanks);
    if (this.peek() !== '[') this.dotAtom();
    else if (!isIP(this.match(domainLiteral)?.[1] ?? '')) fail();
  }

  private dotAtom(): void {
    const atom = this.atom();
    if (atom.startsWith('.') || atom.endsWith('.') || atom.includes('..')) fail();
  }

  private atom(): string {
    const atom = this.match(atomText)![0];
    return atom === '' ? fail() : atom;
  }

  private quoted(): string {
    return this.match(quotedString)?.[1] ?? fail();
  }

  /** The name before `<…>`: one word or more. Comments may follow words, but not those that are encoded. */
  private phrase(): void {
    let words = 0;
    let encoded = false;
    for (;;) {
      if (words > 0) this.commentsAndBlanks();
      this.match(blanks);
      if (this.isAtEnd) return;
      try {
        const text = this.word();
        if (text === undefined) words++;
        else encoded ||= text !== '';
      } catch (error) {
        // One word is enough; what follows may be "<".
        if ((words > 0 || encoded) && error instanceof NotAMailbox) return;
        throw error;
      }
    }
  }

  /** The text of an encoded word; undefined for any other word. */
  private word(): string | undefined {
    if (this.peek() !== '"') return encodedText(this.atom());
    this.quoted();
    return undefined;
  }

  private nameComment(): void {
    const start = this.at + 1;
    this.comment();
    for (const word of this.text.slice(start, this.at - 1).split(/[ \t]+/)) encodedText(word);
  }

  private commentsAndBlanks(): void {
    this.match(blanks);
    while (this.peek() === '(') {
      this.comment();
      this.match(blanks);
    }
  }

  private comment(): void {
    let depth = 0;
    do {
      if (this.isAtEnd) fail();
      const char = this.text[this.at++];
      if (char === '\\' && this.at < this.text.length) this.at++;
      else if (char === '(') depth++;
      else if (char === ')') depth--;
    } while (depth > 0);
  }

  private get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }
  private peek(): string | undefined {
    return this.text[this.at];
  }
  private consume(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }
  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at = pattern.lastIndex;
    return match;
  }
}

const encodedWord = /^=\?([^?]+)\?(?:[bB]\?((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)|[qQ]\?((?:[ -<>@-~]|=[\da-fA-F]{2})*))\?=$/;
const knownCharsets = new Set(['utf-8', 'iso-8859-1', 'us-ascii']);

/** What a word says that is encoded by RFC 2047, still encoded; undefined for any other word. A charset that Go does not know is an error. */
function encodedText(word: string): string | undefined {
  const match = encodedWord.exec(word);
  if (match === null) return undefined;
  if (!knownCharsets.has(match[1]!.toLowerCase())) fail();
  return match[2] ?? match[3] ?? '';
}
