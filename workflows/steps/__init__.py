"""The steps of the lifecycle, one file each: functions over the order that runs."""
