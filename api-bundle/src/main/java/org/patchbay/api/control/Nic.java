package org.patchbay.api.control;

import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;

/** A guest-facing side of a frontend; an OSGi service with the property {@link #PROPERTY_NAME}. */
@ProviderType
public interface Nic {

  /** Service property: the NIC's name ({@code String}). */
  String PROPERTY_NAME = "patchbay.nic.name";

  /** The NIC's name. */
  String name();

  /** The kind of frontend, such as {@code probe} or {@code cable}. */
  String frontend();

  /** Whether the guest's link is up. */
  boolean isLinkUp();

  /**
   * Sets the guest's link; returns at once, and the NIC follows soon.
   *
   * @throws EndpointException {@link org.patchbay.api.EndpointError#UNSUPPORTED} if the frontend
   *     has no link state
   */
  void setLink(boolean up) throws EndpointException;

  /** The counters at this moment. */
  NicStatistics statistics();

  /** Describes engine and frontend; calls no vendor code. */
  void inspect(InspectNode node);
}
