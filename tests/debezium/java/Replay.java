import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/**
 * Runs the statements of a file, between which there are lines of dashes. A SELECT is a stream of changes: they are applied to an empty
 * table whose key is the first column, and the rows that it holds in the end are printed, their columns with tabs between them, behind
 * a line with the statement's number.
 */
public class Replay {
    public static void main(String[] arguments) throws Exception {
        EnvironmentSettings settings = EnvironmentSettings.newInstance().inStreamingMode().build();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        TableEnvironment tables = TableEnvironment.create(settings);
        // One after the other, in the order of the file.
        tables.getConfig().set("parallelism.default", "1");
        int number = 0;
        for (String statement : Files.readString(Path.of(arguments[0])).split("\n-+\n")) {
            number++;
            if (!statement.strip().startsWith("SELECT")) {
                tables.executeSql(statement);
                continue;
            }
            out.println("statement " + number);
            for (String row : finalRows(tables, statement)) {
                out.println("row " + row);
            }
        }
    }

    private static Iterable<String> finalRows(TableEnvironment tables, String select) throws Exception {
        Map<Object, String> rows = new LinkedHashMap<>();
        try (CloseableIterator<Row> changes = tables.executeSql(select).collect()) {
            while (changes.hasNext()) {
                Row change = changes.next();
                Object key = change.getField(0);
                switch (change.getKind()) {
                    case INSERT, UPDATE_AFTER -> rows.put(key, text(change));
                    case UPDATE_BEFORE, DELETE -> {
                        if (rows.remove(key) == null) {
                            throw new IllegalStateException("what was never there is gone: " + change);
                        }
                    }
                }
            }
        }
        return rows.values();
    }

    private static String text(Row row) {
        List<String> columns = new ArrayList<>();
        for (int at = 0; at < row.getArity(); at++) {
            // A row stays on its line.
            columns.add(String.valueOf(row.getField(at)).replace("\n", "\\n"));
        }
        return String.join("\t", columns);
    }
}
