package org.patchbay.api;

/** The layer-4 protocol of a packet. */
public enum L4Protocol {
  UNKNOWN,
  TCP,
  UDP
}
