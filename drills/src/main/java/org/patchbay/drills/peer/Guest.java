package org.patchbay.drills.peer;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.patchbay.drills.rig.Child;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.CommandPrefix;
import org.patchbay.drills.rig.RigException;

/**
 * A Linux guest in QEMU without KVM, which every machine can run. It has one processor for each
 * queue pair of its NICs, so that its driver uses them all, and room for memory that is added
 * later.
 */
public final class Guest {
  private static final Duration BOOT_LIMIT = Duration.ofSeconds(60);
  private static final Duration COMMAND_LIMIT = Duration.ofSeconds(30);

  /** What programs a guest needs on this machine. */
  public static final List<String> PROGRAMS = List.of("qemu-system-x86_64", "busybox", "ldd");

  /** The shell's answer to a line that did not come whole. */
  private static final String AGAIN = "again";

  private static final int MEGABYTES = 256;

  private final Child qemu;
  private final QemuMonitor monitor;
  private final LineSocket shell;
  private int number;

  private Guest(Child qemu, QemuMonitor monitor, LineSocket shell) {
    this.qemu = qemu;
    this.monitor = monitor;
    this.shell = shell;
  }

  /**
   * How a command ended in the guest.
   *
   * @param status its exit status
   * @param text what it printed
   */
  public record Answer(int status, String text) {}

  /**
   * Starts a guest; {@link #awaitBoot} tells when it is up.
   *
   * @param folder for its sockets and its kernel's messages
   * @param name a short word that no other guest in the folder has
   */
  public static Guest start(
      Cleanup cleanup, GuestImage image, Path folder, String name, List<? extends GuestDevice> nics)
      throws RigException, InterruptedException {
    return start(cleanup, CommandPrefix.NONE, image, folder, name, nics);
  }

  /**
   * Starts a guest whose QEMU runs elsewhere, or as somebody else; {@link #awaitBoot} tells when it
   * is up.
   *
   * @param folder for its sockets and its kernel's messages
   * @param name a short word that no other guest in the folder has
   */
  public static Guest start(
      Cleanup cleanup,
      CommandPrefix prefix,
      GuestImage image,
      Path folder,
      String name,
      List<? extends GuestDevice> nics)
      throws RigException, InterruptedException {
    Path shell = folder.resolve(name + "-shell.sock");
    Path monitor = folder.resolve(name + "-monitor.sock");
    int processors = nics.stream().mapToInt(GuestDevice::queuePairs).max().orElse(1);
    List<String> command =
        new ArrayList<>(
            List.of(
                "qemu-system-x86_64",
                "-accel",
                "tcg,thread=single",
                "-smp",
                Integer.toString(processors),
                "-m",
                MEGABYTES + "M,slots=2,maxmem=2G",
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-object",
                "memory-backend-memfd,id=memory,size=" + MEGABYTES + "M,share=on",
                "-machine",
                "memory-backend=memory",
                "-kernel",
                image.kernel().toString(),
                "-initrd",
                image.fileSystem().toString(),
                "-append",
                "console=ttyS0 quiet ipv6.disable=1 memhp_default_state=online",
                "-serial",
                "file:" + folder.resolve(name + "-kernel.log"),
                "-chardev",
                "socket,id=shell,path=" + shell + ",server=on,wait=off",
                "-serial",
                "chardev:shell",
                "-qmp",
                "unix:" + monitor + ",server=on,wait=off"));
    nics.forEach(nic -> command.addAll(nic.options()));
    Child qemu = Child.start(cleanup, "QEMU of " + name, Map.of(), prefix.before(command));
    // QEMU answers its monitor only when its NICs are connected, but its sockets are there before.
    LineSocket shellLines =
        LineSocket.connect(cleanup, "the shell of " + name, shell, COMMAND_LIMIT);
    return new Guest(qemu, QemuMonitor.connect(cleanup, monitor), shellLines);
  }

  /** Waits until the shell is there, after the start and after each reset. */
  public void awaitBoot() throws RigException, InterruptedException {
    try {
      shell.takeUntil("that the guest is up", BOOT_LIMIT, line -> line.equals("ready"));
    } catch (RigException e) {
      throw new RigException(e.getMessage() + " QEMU said: " + qemu.tail(), e);
    }
  }

  /** QEMU's process. */
  public Child qemu() {
    return qemu;
  }

  /**
   * Runs a command of the guest's shell that ends by itself.
   *
   * @param command one line of ASCII without blanks at its ends
   */
  public Answer run(String command) throws RigException, InterruptedException {
    return run(command, COMMAND_LIMIT);
  }

  /** Runs a command of the guest's shell that ends by itself within a limit. */
  public Answer run(String command, Duration limit) throws RigException, InterruptedException {
    String id = Integer.toString(number++);
    String end = "done " + id + " ";
    List<String> lines;
    do {
      shell.send(id + " " + command.length() + " " + command);
      lines =
          new ArrayList<>(
              shell.takeUntil(
                  "the end of " + command,
                  limit,
                  line -> line.startsWith(end) || line.equals(AGAIN)));
    } while (lines.getLast().equals(AGAIN));
    int status = Integer.parseInt(lines.removeLast().substring(end.length()));
    return new Answer(status, String.join("\n", lines));
  }

  /**
   * Runs a command that has to exit with 0.
   *
   * @return what it printed
   */
  public String must(String command) throws RigException, InterruptedException {
    Answer answer = run(command);
    if (answer.status != 0) {
      throw new RigException(
          "In the guest '" + command + "' exited with " + answer.status + ": " + answer.text);
    }
    return answer.text;
  }

  /**
   * Starts a command of the guest's shell that goes on beside others.
   *
   * @param output the guest's file for what it prints
   * @return its process id in the guest
   */
  public long spawn(String command, String output) throws RigException, InterruptedException {
    return Long.parseLong(must("(exec " + command + ") >" + output + " 2>&1 & echo $!").strip());
  }

  /** The number in a file of the guest. */
  public long number(String file) throws RigException, InterruptedException {
    String text = must("cat " + file).strip();
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new RigException("The guest's " + file + " holds no number but '" + text + "'.", e);
    }
  }

  /** Executes a command of QEMU's monitor, with a JSON object; answers a line of JSON. */
  public String monitor(String command, String arguments)
      throws RigException, InterruptedException {
    return monitor.execute(command, arguments);
  }

  /** Adds memory to the running machine, as an operator who plugs a module in. */
  public void addMemory(int megabytes) throws RigException, InterruptedException {
    monitor(
        "object-add",
        "{\"qom-type\": \"memory-backend-memfd\", \"id\": \"more\", \"share\": true, \"size\": "
            + megabytes * 1024L * 1024
            + "}");
    monitor("device_add", "{\"driver\": \"pc-dimm\", \"id\": \"module\", \"memdev\": \"more\"}");
  }
}
