package org.patchbay.drills.peer;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/**
 * What a guest boots from: the kernel, and an initial file system with the machine's static
 * busybox, the virtio modules, our init, and programs of the machine with the libraries that they
 * need.
 *
 * @param kernel the kernel
 * @param fileSystem the archive of the initial file system; not packed, so that the guest need not
 *     unpack it
 */
public record GuestImage(Path kernel, Path fileSystem) {
  private static final String INIT = "guest-init.sh";
  private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x[0-9a-f]+\\)");

  /**
   * Makes one.
   *
   * @param folder where its file system is put
   * @param programs names of programs of this machine, such as {@code iperf3}
   */
  public static GuestImage make(Path folder, GuestKernel kernel, List<String> programs)
      throws RigException, InterruptedException {
    Path fileSystem = folder.resolve("guest.cpio");
    Set<Path> files = new TreeSet<>();
    for (String program : programs) {
      files.addAll(withLibraries(Tool.find(program)));
    }
    Path busybox = Tool.find("busybox");
    files.addAll(withLibraries(busybox));
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(fileSystem));
        CpioArchive archive = new CpioArchive(out)) {
      archive.program("init", init());
      archive.program("bin/busybox", Files.readAllBytes(busybox));
      archive.link("bin/sh", "busybox");
      List<String> order = new ArrayList<>();
      for (String module : GuestKernel.MODULES) {
        archive.program("modules/" + module + ".ko", Files.readAllBytes(kernel.module(module)));
        order.add(module);
      }
      archive.program(
          "modules/order", (String.join("\n", order) + "\n").getBytes(StandardCharsets.UTF_8));
      for (Path file : files) {
        archive.program(file.toString().substring(1), Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new RigException("The guest's file system can't be made: " + e.getMessage(), e);
    }
    return new GuestImage(kernel.image(), fileSystem);
  }

  private static byte[] init() throws IOException {
    try (@Nullable InputStream script = GuestImage.class.getResourceAsStream(INIT)) {
      if (script == null) {
        throw new IOException("there is no " + INIT + " in the jar of the drills");
      }
      return script.readAllBytes();
    }
  }

  /**
   * A program, its loader and its libraries, each under the path that it expects; a static one has
   * none.
   */
  private static List<Path> withLibraries(Path program) throws RigException, InterruptedException {
    List<Path> files = new ArrayList<>(List.of(program));
    Tool.Result answer =
        Tool.run(Duration.ofSeconds(10), Map.of(), List.of("ldd", program.toString()));
    Matcher library = LIBRARY.matcher(answer.out());
    while (library.find()) {
      files.add(Path.of(library.group(1)));
    }
    return files;
  }
}
