package org.patchbay.drills.peer;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;

/** QEMU's machine protocol: a line of JSON for each command, answer and event. */
final class QemuMonitor {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final LineSocket lines;
  private int number;

  private QemuMonitor(LineSocket lines) {
    this.lines = lines;
  }

  /** Connects as soon as QEMU listens. */
  static QemuMonitor connect(Cleanup cleanup, Path socket)
      throws RigException, InterruptedException {
    QemuMonitor monitor =
        new QemuMonitor(LineSocket.connect(cleanup, "QEMU's monitor", socket, LIMIT));
    monitor.lines.takeUntil("its greeting", LIMIT, line -> line.contains("\"QMP\""));
    monitor.execute("qmp_capabilities", "{}");
    return monitor;
  }

  /**
   * Executes a command.
   *
   * @param arguments a JSON object
   * @return QEMU's answer, a line of JSON
   * @throws RigException if QEMU refuses it
   */
  String execute(String command, String arguments) throws RigException, InterruptedException {
    String id = "\"drill-" + number++ + "\"";
    lines.send(
        "{\"execute\": \"" + command + "\", \"arguments\": " + arguments + ", \"id\": " + id + "}");
    // Events may come before it.
    List<String> answers =
        lines.takeUntil("the answer to " + command, LIMIT, line -> line.contains(id));
    String answer = answers.getLast();
    if (!answer.contains("\"return\"")) {
      throw new RigException("QEMU refused " + command + " " + arguments + ": " + answer);
    }
    return answer;
  }
}
