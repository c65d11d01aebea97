//! The messages of `pgoutput` in its binary form, as far as the log needs them: relations and inserted rows.
//!
//! <https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html>

use bytes::Bytes;
use uuid::Uuid;

use crate::Timestamp;
use crate::reader::Record;

/// Microseconds from 1970 to 2000, where PostgreSQL counts from.
pub(super) const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// A message that cannot be read: what is wrong with it.
pub(super) type Malformed = String;

/// A message.
#[derive(Debug)]
pub(super) enum Message {
    /// What a relation looks like, told before its first row and whenever it has changed.
    Relation { oid: u32, columns: Vec<String> },
    /// A row was inserted into a relation.
    Insert { oid: u32, row: Row },
    /// Anything else.
    Other,
}

/// The values of a row, in the order of the relation's columns.
#[derive(Debug)]
pub(super) struct Row {
    values: Vec<Value>,
}

#[derive(Debug)]
enum Value {
    Null,
    Binary(Bytes),
    /// A value without a binary form, or one that was not sent.
    Other,
}

/// Reads a message. Its documents stay where they are: they are parts of `data`.
pub(super) fn parse(data: &Bytes) -> Result<Message, Malformed> {
    let mut input = Input { data, at: 0 };
    match input.byte()? {
        b'R' => {
            let oid = input.u32()?;
            input.text()?;
            input.text()?;
            input.byte()?;
            let count = input.u16()?;
            let columns = (0..count).map(|_| {
                input.byte()?;
                let name = input.text()?;
                input.u32()?;
                input.u32()?;
                Ok(name)
            });
            Ok(Message::Relation { oid, columns: columns.collect::<Result<_, Malformed>>()? })
        }
        b'I' => {
            let oid = input.u32()?;
            match input.byte()? {
                b'N' => Ok(Message::Insert { oid, row: input.row()? }),
                kind => Err(format!("an insert with a row of the kind {kind}")),
            }
        }
        _ => Ok(Message::Other),
    }
}

struct Input<'d> {
    data: &'d Bytes,
    at: usize,
}

impl Input<'_> {
    fn take(&mut self, length: usize) -> Result<Bytes, Malformed> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.data.len());
        let end = end.ok_or_else(|| format!("it ends at byte {}, {length} more are announced", self.data.len()))?;
        let taken = self.data.slice(self.at..end);
        self.at = end;
        Ok(taken)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let taken = self.take(N)?;
        taken.as_ref().try_into().map_err(|_| "a number is cut off".to_owned())
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        Ok(u8::from_be_bytes(self.number()?))
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_be_bytes(self.number()?))
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_be_bytes(self.number()?))
    }

    /// A text that ends with a zero.
    fn text(&mut self) -> Result<String, Malformed> {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == 0).ok_or("a text without an end")?;
        let text = String::from_utf8(self.take(length)?.to_vec()).map_err(|_| "a name that is no UTF-8")?;
        self.at += 1;
        Ok(text)
    }

    fn row(&mut self) -> Result<Row, Malformed> {
        let count = self.u16()?;
        let mut values = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            values.push(match self.byte()? {
                b'n' => Value::Null,
                kind @ (b'b' | b't') => {
                    let length = self.u32()?;
                    let value = self.take(usize::try_from(length).map_err(|_| "a value without an end")?)?;
                    if kind == b'b' { Value::Binary(value) } else { Value::Other }
                }
                b'u' => Value::Other,
                kind => return Err(format!("a value of the kind {kind}")),
            });
        }
        Ok(Row { values })
    }
}

/// Where the columns of the log stand in its rows.
#[derive(Debug)]
pub(super) struct Layout {
    places: [usize; COLUMNS.len()],
}

const COLUMNS: [&str; 10] = [
    "event_id",
    "event_type",
    "entity_type",
    "entity_id",
    "entity_key",
    "operation",
    "payload",
    "source",
    "event_timestamp",
    "transaction_id",
];

impl Layout {
    /// Finds them.
    ///
    /// # Errors
    /// One is missing.
    pub(super) fn new(columns: &[String]) -> Result<Layout, Malformed> {
        let mut places = [0; COLUMNS.len()];
        for (place, name) in places.iter_mut().zip(COLUMNS) {
            let found = columns.iter().position(|column| column == name);
            *place = found.ok_or_else(|| format!("the log's table has no column `{name}` any more"))?;
        }
        Ok(Layout { places })
    }

    /// Type, entity and operation of a row, to see whether it is wanted.
    pub(super) fn kind<'r>(&self, row: &'r Row) -> Result<[&'r str; 3], Malformed> {
        Ok([self.text(row, 1)?, self.text(row, 2)?, self.text(row, 5)?])
    }

    /// The number of a row.
    pub(super) fn event_id(&self, row: &Row) -> Result<i64, Malformed> {
        self.i64(row, 0)
    }

    pub(super) fn record<'r>(&self, row: &'r Row) -> Result<Record<'r>, Malformed> {
        let [event_type, entity_type, operation] = self.kind(row)?;
        let entity_id = self.value(row, 3)?.map(|id| Uuid::from_slice(id).map_err(|_| wrong(3))).transpose()?;
        Ok(Record {
            event_id: self.event_id(row)?,
            event_type,
            entity_type,
            entity_id,
            entity_key: self.value(row, 4)?.map(|key| jsonb(key, 4)).transpose()?,
            operation,
            payload: jsonb(self.present(row, 6)?, 6)?,
            source: jsonb(self.present(row, 7)?, 7)?,
            written_at: Timestamp { micros: self.i64(row, 8)?.saturating_add(POSTGRES_EPOCH) },
            transaction_id: self.i64(row, 9)?,
        })
    }

    fn value<'r>(&self, row: &'r Row, column: usize) -> Result<Option<&'r Bytes>, Malformed> {
        match self.places.get(column).and_then(|place| row.values.get(*place)) {
            Some(Value::Binary(value)) => Ok(Some(value)),
            Some(Value::Null) => Ok(None),
            Some(Value::Other) | None => Err(wrong(column)),
        }
    }

    fn present<'r>(&self, row: &'r Row, column: usize) -> Result<&'r Bytes, Malformed> {
        self.value(row, column)?.ok_or_else(|| wrong(column))
    }

    fn i64(&self, row: &Row, column: usize) -> Result<i64, Malformed> {
        let value = self.present(row, column)?;
        Ok(i64::from_be_bytes(value.as_ref().try_into().map_err(|_| wrong(column))?))
    }

    fn text<'r>(&self, row: &'r Row, column: usize) -> Result<&'r str, Malformed> {
        std::str::from_utf8(self.present(row, column)?).map_err(|_| wrong(column))
    }
}

/// The text of a jsonb, which follows the number of its version.
fn jsonb(value: &Bytes, column: usize) -> Result<Bytes, Malformed> {
    match value.first() {
        Some(1) => Ok(value.slice(1..)),
        _ => Err(wrong(column)),
    }
}

fn wrong(column: usize) -> Malformed {
    format!("its `{}` is not of the type that the log gives it", COLUMNS.get(column).unwrap_or(&"column"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(oid: u32, columns: &[&str]) -> Vec<u8> {
        let mut data = vec![b'R'];
        data.extend(oid.to_be_bytes());
        data.extend(b"app\0mutation_events\0d");
        data.extend(u16::try_from(columns.len()).unwrap().to_be_bytes());
        for column in columns {
            data.push(0);
            data.extend(column.as_bytes());
            data.extend([0; 9]);
        }
        data
    }

    fn insert(oid: u32, values: &[Option<Vec<u8>>]) -> Vec<u8> {
        let mut data = vec![b'I'];
        data.extend(oid.to_be_bytes());
        data.push(b'N');
        data.extend(u16::try_from(values.len()).unwrap().to_be_bytes());
        for value in values {
            match value {
                Some(value) => {
                    data.push(b'b');
                    data.extend(u32::try_from(value.len()).unwrap().to_be_bytes());
                    data.extend(value);
                }
                None => data.push(b'n'),
            }
        }
        data
    }

    fn values() -> Vec<Option<Vec<u8>>> {
        let json = |text: &str| Some([&[1], text.as_bytes()].concat());
        vec![
            Some(7_i64.to_be_bytes().to_vec()),
            Some(b"T".to_vec()),
            Some(b"item".to_vec()),
            None,
            json("{\"n\": 1}"),
            Some(b"CREATE".to_vec()),
            json("{}"),
            json("{\"db\": \"d\"}"),
            Some(0_i64.to_be_bytes().to_vec()),
            Some(9_i64.to_be_bytes().to_vec()),
        ]
    }

    /// The columns may stand in any order, and there may be others.
    #[test]
    fn a_row_is_read_by_the_names_of_its_columns() {
        let mut columns = COLUMNS.to_vec();
        let mut row = values();
        columns.reverse();
        row.reverse();
        columns.insert(3, "note");
        row.insert(3, Some(b"x".to_vec()));
        let Message::Relation { oid: 5, columns } = parse(&relation(5, &columns).into()).unwrap() else { panic!() };
        let layout = Layout::new(&columns).unwrap();
        let Message::Insert { oid: 5, row } = parse(&insert(5, &row).into()).unwrap() else { panic!() };
        let record = layout.record(&row).unwrap();
        assert_eq!((record.event_id, record.event_type, record.operation), (7, "T", "CREATE"));
        assert_eq!((record.entity_id, record.entity_key.as_deref()), (None, Some(&b"{\"n\": 1}"[..])));
        assert_eq!((record.written_at.micros, record.transaction_id), (POSTGRES_EPOCH, 9));
        assert_eq!(record.source, "{\"db\": \"d\"}");
    }

    #[test]
    fn what_is_not_as_the_log_writes_it_is_an_error() {
        let names: Vec<String> = COLUMNS.iter().map(|name| (*name).to_owned()).collect();
        assert!(Layout::new(&names[1..]).unwrap_err().contains("`event_id`"));
        let layout = Layout::new(&names).unwrap();
        for (column, value) in [
            (0, None),
            (0, Some(vec![1])),
            (1, Some(vec![0xff])),
            (3, Some(vec![1])),
            (6, Some(b"{}".to_vec())),
            (6, None),
        ] {
            let mut values = values();
            values[column] = value;
            let Message::Insert { row, .. } = parse(&insert(5, &values).into()).unwrap() else { panic!() };
            let error = layout.record(&row).err().unwrap();
            assert!(error.contains(COLUMNS[column]), "{error}");
        }
    }

    /// Cut off anywhere and with any byte changed, a message is an error or another message, and no panic.
    #[test]
    fn no_message_makes_it_panic() {
        for message in [relation(5, &COLUMNS), insert(5, &values())] {
            for end in 0..message.len() {
                assert!(parse(&Bytes::copy_from_slice(&message[..end])).is_err(), "{end}");
            }
            let mut random = fastrand::Rng::with_seed(3);
            for _ in 0..20_000 {
                let mut changed = message.clone();
                for _ in 0..random.usize(1..4) {
                    let at = random.usize(..changed.len());
                    changed[at] = random.u8(..);
                }
                let layout = Layout::new(&COLUMNS.map(str::to_owned)).unwrap();
                if let Ok(Message::Insert { row, .. }) = parse(&changed.into()) {
                    let _ = layout.record(&row);
                }
            }
        }
    }
}
