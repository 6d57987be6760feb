//! What a PDF of one page says, read by somebody who knows nothing of how it was written: its streams are inflated, and
//! each glyph is turned back by the map that its font carries (ISO 32000-1 §9.10.3). It reads no more of the format than
//! our own files use.

use flate2::read::ZlibDecoder;
use std::{collections::HashMap, io::Read as _};

/// The text of a page, a line for each stretch of one font, in the order in which it is drawn.
pub(crate) fn text(file: &[u8]) -> String {
    let objects = objects(file);
    let resources = objects.values().find_map(|object| after(&object.head, "/Font<<")).expect("fonts");
    let fonts = resources.split(">>").next().unwrap().split('/').filter_map(|font| {
        let (name, number) = font.split_once(' ')?;
        let maps: u32 = first(after(&objects[&first(number)?].head, "/ToUnicode ")?)?;
        Some((name.to_owned(), map(&objects[&maps].text())))
    });
    let fonts: HashMap<String, HashMap<u16, String>> = fonts.collect();
    let drawn: Vec<String> =
        objects.values().map(Object::text).filter(|text| text.contains("\nBT ")).collect();
    assert_eq!(drawn.len(), 1, "one page");
    drawn[0].split("\nBT ").skip(1).map(|part| said(part, &fonts) + "\n").collect()
}

/// How many pages a file has.
pub(crate) fn pages(file: &[u8]) -> usize {
    let object = objects(file).into_values().find(|object| object.head.contains("/Type/Pages"));
    object.and_then(|pages| first(after(&pages.head, "/Count ")?)).expect("pages")
}

struct Object {
    head: String,
    stream: Vec<u8>,
}

impl Object {
    /// Its stream; each byte is one character.
    fn text(&self) -> String {
        let mut inflated = Vec::new();
        match ZlibDecoder::new(&*self.stream).read_to_end(&mut inflated) {
            Ok(_) => latin(&inflated),
            Err(_) => String::new(),
        }
    }
}

fn objects(file: &[u8]) -> HashMap<u32, Object> {
    let whole = latin(file);
    let mut found = HashMap::new();
    for part in whole.split("endobj") {
        let Some((number, rest)) = part.split_once(" 0 obj") else { continue };
        let Some(number) = number.rsplit('\n').next().and_then(|number| number.trim().parse().ok()) else {
            continue;
        };
        let (head, stream) = rest.split_once("stream\n").unwrap_or((rest, ""));
        let stream = stream.rsplit_once("\nendstream").map_or(stream, |(stream, _)| stream);
        let stream = stream.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect();
        found.insert(number, Object { head: head.to_owned(), stream });
    }
    found
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.split_once(mark).map(|(_, after)| after)
}

fn first<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.split([' ', '/', '>', '\n']).next()?.parse().ok()
}

/// Pairs of `<glyph> <text in UTF-16>`.
fn map(text: &str) -> HashMap<u16, String> {
    let pairs = text.lines().filter_map(|line| {
        let (glyph, said) = line.strip_prefix('<')?.strip_suffix('>')?.split_once("> <")?;
        let glyph = u16::from_str_radix(glyph, 16).ok().filter(|_| said.len() >= 4)?;
        let units = (0..said.len() / 4).map(|at| u16::from_str_radix(&said[at * 4..at * 4 + 4], 16).unwrap());
        Some((glyph, String::from_utf16_lossy(&units.collect::<Vec<_>>())))
    });
    pairs.collect()
}

/// What stands between brackets, as two bytes a glyph.
fn said(part: &str, fonts: &HashMap<String, HashMap<u16, String>>) -> String {
    let part = part.split("\nET").next().unwrap();
    let name = after(part, "/").and_then(|name| name.split(' ').next()).expect("a font");
    let mut bytes = Vec::new();
    let mut chars = after(part, "Tm").expect("a place").chars().peekable();
    // Brackets that match each other stand in a string as they are.
    let mut depth = 0_u32;
    while let Some(char) = chars.next() {
        match (depth, char) {
            (0, '(') => depth = 1,
            (0, '<') => {
                let pairs: Vec<char> = chars.by_ref().take_while(|char| *char != '>').collect();
                let byte = |pair: &[char]| u32::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
                bytes.extend(pairs.chunks(2).map(|pair| char::from_u32(byte(pair)).unwrap()));
            }
            (0, _) => {}
            (1, ')') => depth = 0,
            (_, '\\') => {
                let escaped = chars.next().unwrap();
                bytes.push(match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    '0'..='7' => {
                        let mut value = escaped.to_digit(8).unwrap();
                        for _ in 0..2 {
                            if let Some(digit) = chars.peek().and_then(|char| char.to_digit(8)) {
                                value = value * 8 + digit;
                                chars.next();
                            }
                        }
                        char::from_u32(value).unwrap()
                    }
                    other => other,
                });
            }
            (_, char) => {
                match char {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                bytes.push(char);
            }
        }
    }
    let glyphs =
        bytes.chunks(2).map(|pair| u16::try_from(u32::from(pair[0]) * 256 + u32::from(pair[1])).unwrap());
    glyphs.map(|glyph| fonts[name].get(&glyph).map_or("?", String::as_str)).collect()
}
