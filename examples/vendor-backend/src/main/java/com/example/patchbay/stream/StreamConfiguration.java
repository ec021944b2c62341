package com.example.patchbay.stream;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/**
 * The keys of a stream configuration, for tools that show or edit them. {@link StreamSettings}
 * reads the values, so that a bad one is refused with a sentence.
 */
@ObjectClassDefinition(
    name = "Stream endpoint",
    description =
        "One endpoint over a unix or TCP connection, framed as QEMU's stream netdev and passt do.")
public @interface StreamConfiguration {

  /** The endpoint's name. */
  @AttributeDefinition(
      description =
          "The endpoint's name: 1 to 63 letters, digits, dots, dashes and underscores."
              + " By default what follows the ~ of the configuration's PID.",
      required = false)
  String name();

  /** Which side connects. */
  @AttributeDefinition(
      description =
          "client connects to a peer that listens, and tries again for ever; server listens, and"
              + " serves one peer at a time.",
      options = {
        @Option(label = "connect to a peer", value = "client"),
        @Option(label = "listen for peers", value = "server")
      },
      required = false)
  String mode() default "client";

  /** A unix socket's path. */
  @AttributeDefinition(
      description =
          "The unix socket's absolute path, 1 to 107 bytes. A server makes the file with mode 0600"
              + " and removes it in the end. Either this or address.",
      required = false)
  String path();

  /** A TCP address. */
  @AttributeDefinition(
      description =
          "The TCP address HOST:PORT, with HOST a numeric address ([...] around IPv6) or localhost,"
              + " and PORT 1 to 65535. Either this or path.",
      required = false)
  String address();

  /** The bound of what is buffered. */
  @AttributeDefinition(
      description =
          "How many bytes received ahead are held at most, 65557 (the longest frame and its length)"
              + " to 16777216. To send, never more than one frame that went in part is held.",
      min = "65557",
      max = "16777216",
      required = false)
  int buffer() default StreamSettings.DEFAULT_BUFFER;

  /** How long transmits wait for a connection. */
  @AttributeDefinition(
      description =
          "While there is no peer: for how many milliseconds, 0 to 3600000, what the NIC sends"
              + " waits for one. Later it is dropped and counted as transmit errors.",
      min = "0",
      max = "3600000",
      required = false)
  int hold() default StreamSettings.DEFAULT_HOLD_MILLIS;
}
