package org.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.UnionLayout;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Compares every layout and number of the bindings with the C compiler's, by compiling assertions
 * for each architecture.
 */
class CompilerTest {
  private static final String HEADERS =
      """
      #define _GNU_SOURCE
      #include <errno.h>
      #include <fcntl.h>
      #include <sched.h>
      #include <stddef.h>
      #include <time.h>
      #include <net/if.h>
      #include <net/if_arp.h>
      #include <netinet/in.h>
      #include <netinet/tcp.h>
      #include <sys/epoll.h>
      #include <sys/eventfd.h>
      #include <sys/ioctl.h>
      #include <sys/mman.h>
      #include <sys/socket.h>
      #include <sys/stat.h>
      #include <sys/syscall.h>
      #include <sys/time.h>
      #include <sys/uio.h>
      #include <sys/un.h>
      #include <linux/if_tun.h>
      #include <linux/io_uring.h>
      #include <linux/virtio_net.h>
      """;

  /** Younger than the headers of Debian 12 (Linux 6.1); compared where the headers have them. */
  private static final Set<String> YOUNG =
      Set.of("TUN_F_USO4", "TUN_F_USO6", "VIRTIO_NET_HDR_GSO_UDP_L4");

  private static final List<Class<?>> OWNERS =
      List.of(
          Epoll.class,
          FileStatus.class,
          InterfaceRequest.class,
          IoUringLayout.class,
          IoVector.class,
          MessageHeader.class,
          PeerCredentials.class,
          StreamSocket.class,
          UnixSocket.class,
          VirtioNetHeader.class);

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void everyLayoutAndNumberIsTheCompilers(Architecture architecture) throws Exception {
    List<String> assertions = new ArrayList<>();
    layouts(architecture).forEach(layout -> describe(layout, assertions));
    numbers(Uapi.class, assertions);
    numbers(Errno.class, assertions);
    assertTrue(assertions.size() > 250, () -> "only " + assertions.size() + " assertions");

    Compilation compilation = compile(architecture, String.join("\n", assertions));
    assertEquals(0, compilation.exit(), compilation.output());
  }

  @Test
  void aWrongOffsetIsFound() throws Exception {
    Compilation compilation =
        compile(
            Architecture.X86_64,
            "_Static_assert(offsetof(struct iovec, iov_len) == 4, \"iovec.iov_len\");");
    assertTrue(compilation.exit() != 0 && compilation.output().contains("iovec.iov_len"));
  }

  private record Compilation(int exit, String output) {}

  private Compilation compile(Architecture architecture, String assertions)
      throws IOException, InterruptedException {
    String compiler =
        architecture == Architecture.host()
            ? "cc"
            : architecture == Architecture.X86_64
                ? "x86_64-linux-gnu-gcc"
                : "aarch64-linux-gnu-gcc";
    assumeTrue(
        isInstalled(compiler),
        () ->
            "the layouts for "
                + architecture
                + " are unchecked: there is no "
                + compiler
                + "; install gcc-aarch64-linux-gnu, linux-libc-dev-arm64-cross and"
                + " libc6-dev-arm64-cross");
    Path source = folder.resolve(architecture + ".c");
    Files.writeString(source, HEADERS + assertions + "\n");
    Process process =
        new ProcessBuilder(compiler, "-c", source.toString(), "-o", folder.resolve("o").toString())
            .redirectErrorStream(true)
            .start();
    String output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    return new Compilation(process.waitFor(), output);
  }

  private static boolean isInstalled(String compiler) {
    return List.of(System.getenv("PATH").split(":", -1)).stream()
        .anyMatch(path -> Files.isExecutable(Path.of(path, compiler)));
  }

  private static List<StructLayout> layouts(Architecture architecture)
      throws IllegalAccessException {
    List<StructLayout> layouts = new ArrayList<>();
    for (Class<?> owner : OWNERS) {
      for (Field field : owner.getDeclaredFields()) {
        if (field.getType() == StructLayout.class && !Modifier.isPrivate(field.getModifiers())) {
          layouts.add((StructLayout) field.get(null));
        }
      }
    }
    layouts.add(Epoll.eventLayout(architecture));
    return layouts;
  }

  private static void describe(StructLayout layout, List<String> assertions) {
    String type = layout.name().orElseThrow();
    assertions.add(equal("sizeof(" + type + ")", layout.byteSize()));
    describe(type, "", 0, layout, assertions);
  }

  private static void describe(
      String type, String prefix, long base, GroupLayout group, List<String> assertions) {
    long offset = base;
    for (MemoryLayout member : group.memberLayouts()) {
      if (!(member instanceof PaddingLayout)) {
        String path = prefix + member.name().orElseThrow();
        assertions.add(equal("offsetof(" + type + ", " + path + ")", offset));
        assertions.add(equal("sizeof(((" + type + " *) 0)->" + path + ")", member.byteSize()));
        if (member instanceof UnionLayout union) {
          // glibc has a macro for each member of such a union, without the union's name.
          describe(type, "", offset, union, assertions);
        } else if (member instanceof GroupLayout nested) {
          describe(type, path + ".", offset, nested, assertions);
        }
      }
      if (group instanceof StructLayout) {
        offset += member.byteSize();
      }
    }
  }

  private static void numbers(Class<?> owner, List<String> assertions)
      throws IllegalAccessException {
    for (Field field : owner.getDeclaredFields()) {
      String name = field.getName();
      if (!Modifier.isStatic(field.getModifiers()) || !name.equals(name.replace("$", ""))) {
        continue;
      }
      // Numbers of 32 bits may be unsigned in C, so both sides are compared as such.
      String assertion =
          field.getType() == int.class
              ? equal("(unsigned) " + name, field.getInt(null) & 0xffffffffL)
              : equal("(unsigned long) " + name, field.getLong(null));
      assertions.add(
          YOUNG.contains(name) ? "#ifdef " + name + "\n" + assertion + "\n#endif" : assertion);
    }
  }

  private static String equal(String expression, long value) {
    return "_Static_assert(" + expression + " == " + value + "UL, \"" + expression + "\");";
  }
}
