-- Lists in the order that their pages show them, so that the first fifty rows are read and no more.
create index dwelling_in_order on place (area, name, id) where kind = 'dwelling';
create index device_by_codec on device (codec);
